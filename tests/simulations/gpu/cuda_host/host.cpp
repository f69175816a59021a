// The kernels' own source, compiled for the host, behind plain C functions.
#include "shim.h"

#include "direct.cu"
#include "draws.cu"

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

void host_uniforms(unsigned blocks, wide first, wide count, unsigned key0, unsigned key1, double* out) {
    shim::launch({blocks, 1, 1}, 32, [=] { uniforms(first, count, key0, key1, out); });
}
}
