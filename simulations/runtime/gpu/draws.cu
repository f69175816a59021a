// Uniform numbers of double precision, counter-based: the same bits on every GPU.
#include "philox.cuh"

// out[2 b], out[2 b + 1] from block ``first`` + b of the stream ``key0``, ``key1``: 52 bits each, strictly
// between 0 and 1. One thread a block; any grid.
extern "C" __global__ void uniforms(wide first, wide blocks, unsigned key0, unsigned key1, double* out) {
    const wide threads = static_cast<wide>(gridDim.x) * blockDim.x;
    for (wide b = static_cast<wide>(blockIdx.x) * blockDim.x + threadIdx.x; b < blocks; b += threads) {
        const wide number = first + b;
        const Four words = philox(Four{static_cast<unsigned>(number), static_cast<unsigned>(number >> 32),
                                       0x64726177u, 0u}, key0, key1);
        // 26 leading bits of two words each; the half keeps clear of both ends.
        const double high = 67108864.0 * (words.x >> 6) + (words.y >> 6);
        const double low = 67108864.0 * (words.z >> 6) + (words.w >> 6);
        out[2 * b] = (high + 0.5) * 2.220446049250313e-16;
        out[2 * b + 1] = (low + 0.5) * 2.220446049250313e-16;
    }
}
