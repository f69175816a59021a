// Direct simulation of isotropic Gaussian classes, fused: nothing but integer counts leaves the registers.
//
// One warp an episode. Centres are drawn in full: a lane owns the coordinates lane, lane + 32, ... of all
// WAYS centres and their WAYS (WAYS + 1) / 2 inner products. The means lie in the first ``span``
// coordinates (the law is isotropic: the caller has rotated them there). Queries are drawn in score space:
// WAYS - 1 normals through a Cholesky factor of the Gram matrix of centre differences.
#include "philox.cuh"

#ifndef WAYS
#define WAYS 5
#endif
#define PAIRS (WAYS * (WAYS + 1) / 2)
#define OTHERS (WAYS - 1)
#define CALLS ((OTHERS + 3) / 4)
// Two entries of the WAYS x WAYS moments a lane: enough for 8 ways.
#define HELD ((WAYS * WAYS + 31) / 32)

__device__ __forceinline__ constexpr int pair_index(int c, int d) {
    return c >= d ? c * (c + 1) / 2 + d : d * (d + 1) / 2 + c;
}

// Inner products of the noise of the centres; ``lead`` gets this lane's noise on coordinate ``lane``.
__device__ __forceinline__ void draw_centres(int lane, int dimension, const float* spreads, unsigned low,
                                             unsigned high, unsigned key0, unsigned key1, float* gram,
                                             float* lead) {
    for (int pair = 0; pair < PAIRS; ++pair) gram[pair] = 0.0f;
    for (int block = 0; 128 * block < dimension; ++block) {
        float noise[WAYS][4];
#pragma unroll
        for (int c = 0; c < WAYS; ++c) {
            four_normals(Four{32u * block + lane, static_cast<unsigned>(c), low, high}, key0, key1, noise[c]);
#pragma unroll
            for (int q = 0; q < 4; ++q)
                noise[c][q] = lane + 32 * (4 * block + q) < dimension ? mul(spreads[c], noise[c][q]) : 0.0f;
            if (block == 0) lead[c] = noise[c][0];
        }
#pragma unroll
        for (int q = 0; q < 4; ++q)
#pragma unroll
            for (int c = 0; c < WAYS; ++c)
#pragma unroll
                for (int d = 0; d <= c; ++d)
                    gram[pair_index(c, d)] = fused(noise[c][q], noise[d][q], gram[pair_index(c, d)]);
    }
#pragma unroll
    for (int pair = 0; pair < PAIRS; ++pair) gram[pair] = warp_sum(gram[pair]);
}

// Lower factor of a positive semidefinite matrix; a pivot lost to rounding makes its column 0.
__device__ __forceinline__ void cholesky(float (*h)[OTHERS]) {
#pragma unroll
    for (int c = 0; c < OTHERS; ++c) {
        float left = h[c][c];
#pragma unroll
        for (int l = 0; l < c; ++l) left = fused(-h[c][l], h[c][l], left);
        const bool kept = left > mul(1e-6f, h[c][c]);
        const float pivot = kept ? __fsqrt_rn(left) : 0.0f;
#pragma unroll
        for (int r = c + 1; r < OTHERS; ++r) {
            float value = h[r][c];
#pragma unroll
            for (int l = 0; l < c; ++l) value = fused(-h[r][l], h[c][l], value);
            h[r][c] = kept ? __fdiv_rn(value, pivot) : 0.0f;
        }
        h[c][c] = pivot;
    }
}

// means (WAYS, span) with means[0] = 0; products (WAYS, WAYS) their inner products; squares (WAYS, WAYS)
// their squared distances; spreads (WAYS) deviation of a centre's coordinate; stds (WAYS) of a query's.
// Adds to ranks (WAYS, WAYS): queries of class i that have r other centres at least as near as their own;
// and to moments (WAYS, WAYS): over episodes, products of the episode's counts of rank r and of rank s.
extern "C" __global__ void direct_counts(const float* means, const float* products, const float* squares,
                                         const float* spreads, const float* stds, int span, int dimension,
                                         int passes, wide first, wide episodes, unsigned key0,
                                         unsigned key1, wide* ranks, wide* moments) {
    const int lane = threadIdx.x & 31;
    const wide warps = static_cast<wide>(gridDim.x) * (blockDim.x >> 5);
    unsigned counts[WAYS][WAYS] = {};
    wide held[HELD] = {};
    for (wide e = static_cast<wide>(blockIdx.x) * (blockDim.x >> 5) + (threadIdx.x >> 5); e < episodes;
         e += warps) {
        const unsigned low = static_cast<unsigned>(first + e);
        const unsigned high = static_cast<unsigned>((first + e) >> 32);
        float gram[PAIRS], lead[WAYS], along[WAYS][WAYS], h[OTHERS][OTHERS];
        draw_centres(lane, dimension, spreads, low, high, key0, key1, gram, lead);
        // along[c][i]: noise of centre c times mean i.
#pragma unroll
        for (int c = 0; c < WAYS; ++c) {
#pragma unroll
            for (int i = 0; i < WAYS; ++i) along[c][i] = 0.0f;
            for (int r = 0; r < span; ++r) {
                const float noise = __shfl_sync(0xffffffffu, lead[c], r);
#pragma unroll
                for (int i = 0; i < WAYS; ++i) along[c][i] = fused(noise, means[i * span + r], along[c][i]);
            }
        }
#pragma unroll
        for (int j = 1; j < WAYS; ++j)
#pragma unroll
            for (int l = 1; l <= j; ++l) {
                float value = add(products[j * WAYS + l], gram[pair_index(j, l)]);
                value = add(value, add(along[j][l], along[l][j]));
                value = sub(value, add(along[0][j], gram[pair_index(j, 0)]));
                value = sub(value, add(along[0][l], gram[pair_index(l, 0)]));
                h[j - 1][l - 1] = add(value, gram[0]);
            }
        cholesky(h);
        unsigned total[WAYS] = {};
#pragma unroll
        for (int i = 0; i < WAYS; ++i) {
            // The query is wrong for j where its score exceeds half the difference of squared distances.
            float limit[WAYS];
#pragma unroll
            for (int j = 0; j < WAYS; ++j) {
                float reach = fused(2.0f, sub(along[j][j], along[j][i]), squares[i * WAYS + j]);
                reach = add(reach, sub(gram[pair_index(j, j)], gram[pair_index(i, i)]));
                limit[j] = __fdiv_rn(mul(0.5f, reach), stds[i]);
            }
            for (int pass = 0; pass < passes; ++pass) {
                float g[4 * CALLS], score[WAYS];
#pragma unroll
                for (int call = 0; call < CALLS; ++call)
                    four_normals(Four{32u * pass + lane, static_cast<unsigned>(WAYS * (1 + call) + i), low, high},
                                 key0, key1, g + 4 * call);
                score[0] = 0.0f;
#pragma unroll
                for (int j = 1; j < WAYS; ++j) {
                    score[j] = mul(h[j - 1][0], g[0]);
#pragma unroll
                    for (int l = 1; l < j; ++l) score[j] = fused(h[j - 1][l], g[l], score[j]);
                }
                int rank = 0;
#pragma unroll
                for (int j = 0; j < WAYS; ++j) rank += j != i && sub(score[j], score[i]) >= limit[j];
#pragma unroll
                for (int r = 0; r < WAYS; ++r) {
                    counts[i][r] += rank == r;
                    total[r] += rank == r;
                }
            }
        }
#pragma unroll
        for (int r = 0; r < WAYS; ++r) total[r] = warp_sum(total[r]);
#pragma unroll
        for (int part = 0; part < HELD; ++part) {
            const int entry = lane + 32 * part;
            wide row = 0, column = 0;
#pragma unroll
            for (int r = 0; r < WAYS; ++r) {
                row = entry / WAYS == r ? total[r] : row;
                column = entry % WAYS == r ? total[r] : column;
            }
            held[part] += row * column;
        }
    }
#pragma unroll
    for (int part = 0; part < HELD; ++part)
        if (lane + 32 * part < WAYS * WAYS) atomicAdd(moments + lane + 32 * part, held[part]);
#pragma unroll
    for (int i = 0; i < WAYS; ++i)
#pragma unroll
        for (int r = 0; r < WAYS; ++r) {
            // A lane's count may fill its 32 bits: the sum of all lanes needs more.
            const wide sum = warp_sum(static_cast<wide>(counts[i][r]));
            if (lane == 0) atomicAdd(ranks + i * WAYS + r, sum);
        }
}
