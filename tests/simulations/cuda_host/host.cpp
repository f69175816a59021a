// The kernels' own source, compiled for the host, behind plain C functions.
#include "shim.h"

#include "direct.cu"
#include "pool.cu"

extern "C" {
void host_philox(const unsigned* counter, unsigned key0, unsigned key1, unsigned* out) {
    const Four found = philox(Four{counter[0], counter[1], counter[2], counter[3]}, key0, key1);
    std::memcpy(out, &found, sizeof found);
}

void host_normals(const unsigned* words, long long pairs, float* out) {
    for (long long r = 0; r < pairs; ++r)
        normal_pair(words[2 * r], words[2 * r + 1], out + 2 * r, out + 2 * r + 1);
}

int host_ways() { return WAYS; }

void host_direct(unsigned blocks, unsigned threads, const float* means, const float* products,
                 const float* squares, const float* spreads, const float* stds, int span, int dimension,
                 int passes, wide first, wide episodes, unsigned key0, unsigned key1, wide* ranks,
                 wide* moments) {
    shim::launch({blocks, 1, 1}, threads, [=] {
        direct_counts(means, products, squares, spreads, stds, span, dimension, passes, first, episodes, key0,
                      key1, ranks, moments);
    });
}

void host_pool(const float* features, const int* starts, int classes, int largest, int dimension, int shots,
               unsigned first, unsigned sweeps, unsigned key0, unsigned key1, int* support, float* centres,
               float* halves, unsigned* counts) {
    shim::launch({static_cast<unsigned>(classes), sweeps, 1}, 32, [=] {
        pool_support(features, starts, dimension, shots, first, key0, key1, support, centres, halves);
    });
    const unsigned tiles = (largest + TILE - 1) / TILE;
    shim::launch({tiles, static_cast<unsigned>(classes), sweeps}, THREADS, [=] {
        pool_ranks(features, starts, dimension, shots, support, centres, halves, counts);
    });
}
}
