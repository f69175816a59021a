// One sweep over stored features: a support of every class, then every other sample against all centres.
//
// ``pool_support`` draws and averages, ``pool_ranks`` is a tiled float32 product whose epilogue keeps only
// ranks: how many other centres score at least as high as the own one, counted in integers.
#include "philox.cuh"

#define TILE 128
#define MICRO 8
#define DEPTH 16
#define THREADS 256

// Rows of features (samples, dimension) are sorted by class: class c has rows starts[c] .. starts[c + 1].
// One warp for each (class, sweep). Writes support (sweeps, classes, shots) rows within the class,
// centres (sweeps, classes, dimension) and half their squared norms (sweeps, classes).
extern "C" __global__ void pool_support(const float* features, const int* starts, int dimension, int shots,
                                        unsigned first, unsigned key0, unsigned key1, int* support,
                                        float* centres, float* halves) {
    const int c = blockIdx.x, lane = threadIdx.x;
    const long long slot = static_cast<long long>(blockIdx.y) * gridDim.x + c;
    const int size = starts[c + 1] - starts[c];
    int* chosen = support + slot * shots;
    if (lane == 0) {
        // Floyd: every set of ``shots`` rows is equally likely (to 2^-32: a product in place of a division).
        Four words = {};
        for (int s = 0; s < shots; ++s) {
            if (s % 4 == 0)
                words = philox(Four{static_cast<unsigned>(s / 4), static_cast<unsigned>(c), first + blockIdx.y,
                                    0x706f6f6cu}, key0, key1);
            const unsigned word = s % 4 == 0 ? words.x : s % 4 == 1 ? words.y : s % 4 == 2 ? words.z : words.w;
            const int last = size - shots + s;
            int row = static_cast<int>(__umulhi(word, static_cast<unsigned>(last + 1)));
            for (int t = 0; t < s; ++t)
                if (chosen[t] == row) {
                    row = last;
                    break;
                }
            chosen[s] = row;
        }
    }
    __syncwarp();
    float half = 0.0f;
    for (int r = lane; r < dimension; r += 32) {
        float sum = 0.0f;
        for (int s = 0; s < shots; ++s)
            sum = add(sum, features[static_cast<long long>(starts[c] + chosen[s]) * dimension + r]);
        const float centre = __fdiv_rn(sum, static_cast<float>(shots));
        centres[slot * dimension + r] = centre;
        half = fused(centre, centre, half);
    }
    half = warp_sum(half);
    if (lane == 0) halves[slot] = mul(0.5f, half);
}

// Grid (tiles of TILE queries, classes, sweeps), THREADS threads. Adds to counts (sweeps, classes, classes):
// queries of class i, outside its support, by rank.
extern "C" __global__ void __launch_bounds__(THREADS)
    pool_ranks(const float* features, const int* starts, int dimension, int shots, const int* support,
               const float* centres, const float* halves, unsigned* counts) {
    __shared__ float queries[DEPTH][TILE + 4], columns[DEPTH][TILE + 4], own[TILE];
    __shared__ unsigned ranks[TILE];
    const int thread = threadIdx.x, tx = thread % 16, ty = thread / 16;
    const int i = blockIdx.y, classes = gridDim.y;
    const long long sweep = blockIdx.z;
    const int size = starts[i + 1] - starts[i], begin = TILE * blockIdx.x;
    if (begin >= size) return;
    const float* rows = features + static_cast<long long>(starts[i]) * dimension;
    const float* others = centres + sweep * classes * dimension;
    if (thread < TILE) ranks[thread] = 0;
    const int tiles = (classes + TILE - 1) / TILE;
    // The tile that holds the own centre comes first: its score is what all others are compared with.
    for (int turn = 0; turn < tiles; ++turn) {
        const int tile = (i / TILE + turn) % tiles;
        float score[MICRO][MICRO] = {};
        for (int depth = 0; depth < dimension; depth += DEPTH) {
            __syncthreads();
#pragma unroll
            for (int u = 0; u < TILE / 16; ++u) {
                const int row = ty + 16 * u, along = depth + tx;
                const bool inside = along < dimension;
                queries[tx][row] = inside && begin + row < size
                    ? rows[static_cast<long long>(begin + row) * dimension + along] : 0.0f;
                columns[tx][row] = inside && TILE * tile + row < classes
                    ? others[static_cast<long long>(TILE * tile + row) * dimension + along] : 0.0f;
            }
            __syncthreads();
#pragma unroll
            for (int d = 0; d < DEPTH; ++d) {
                float a[MICRO], b[MICRO];
#pragma unroll
                for (int u = 0; u < MICRO; ++u) a[u] = queries[d][ty + 16 * u], b[u] = columns[d][tx + 16 * u];
#pragma unroll
                for (int u = 0; u < MICRO; ++u)
#pragma unroll
                    for (int v = 0; v < MICRO; ++v) score[u][v] = fused(a[u], b[v], score[u][v]);
            }
        }
#pragma unroll
        for (int v = 0; v < MICRO; ++v) {
            const int j = TILE * tile + tx + 16 * v;
            const float half = j < classes ? halves[sweep * classes + j] : 0.0f;
#pragma unroll
            for (int u = 0; u < MICRO; ++u) {
                score[u][v] = sub(score[u][v], half);
                if (j == i) own[ty + 16 * u] = score[u][v];
            }
        }
        __syncthreads();
#pragma unroll
        for (int u = 0; u < MICRO; ++u) {
            unsigned nearer = 0;
#pragma unroll
            for (int v = 0; v < MICRO; ++v) {
                const int j = TILE * tile + tx + 16 * v;
                nearer += j < classes && j != i && score[u][v] >= own[ty + 16 * u];
            }
            atomicAdd(ranks + ty + 16 * u, nearer);
        }
    }
    __syncthreads();
    if (thread < TILE && begin + thread < size) {
        const int* chosen = support + (sweep * classes + i) * shots;
        bool held = false;
        for (int s = 0; s < shots; ++s) held = held || chosen[s] == begin + thread;
        if (!held) atomicAdd(counts + (sweep * classes + i) * classes + ranks[thread], 1u);
    }
}
