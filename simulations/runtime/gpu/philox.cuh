// Philox4x32-10 (Salmon et al. 2011) and a Gaussian transform, the same bits on every machine.
//
// Only correctly rounded operations are used, each written out: +, *, fused multiply-add, / and square
// root of float32, and integers. A library's logarithm or sine differs from the next one's in the last bit;
// polynomials (Cephes, single precision) don't. So counts can be compared exactly with any other
// implementation of the same arithmetic, which is what the tests do.
#ifndef COLLAPSE_PHILOX
#define COLLAPSE_PHILOX

#ifndef ROUNDS
#define ROUNDS 10
#endif

typedef unsigned long long wide;

struct Four {
    unsigned x, y, z, w;
};

__device__ __forceinline__ float add(float a, float b) { return __fadd_rn(a, b); }
__device__ __forceinline__ float sub(float a, float b) { return __fadd_rn(a, -b); }
__device__ __forceinline__ float mul(float a, float b) { return __fmul_rn(a, b); }
__device__ __forceinline__ float fused(float a, float b, float c) { return __fmaf_rn(a, b, c); }

__device__ __forceinline__ Four philox(Four counter, unsigned key0, unsigned key1) {
#pragma unroll
    for (int round = 0; round < ROUNDS; ++round) {
        const unsigned high0 = __umulhi(0xD2511F53u, counter.x), low0 = 0xD2511F53u * counter.x;
        const unsigned high1 = __umulhi(0xCD9E8D57u, counter.z), low1 = 0xCD9E8D57u * counter.z;
        counter = Four{high1 ^ counter.y ^ key0, low1, high0 ^ counter.w ^ key1, low0};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}

// Natural logarithm of (word | 1) / 2^32, of which the 24 leading bits are kept: down to 2^-32.
__device__ __forceinline__ float log_uniform(unsigned word) {
    word |= 1u;
    const int zeros = __clz(word);
    float f = mul(__uint2float_rn((word << zeros) >> 8), 5.9604644775390625e-08f);
    float e = -__int2float_rn(zeros);
    if (f < 0.70710677f) {
        f = mul(2.0f, f);
        e = sub(e, 1.0f);
    }
    const float x = sub(f, 1.0f), z = mul(x, x);
    float y = 7.0376836292e-2f;
    y = fused(y, x, -1.1514610310e-1f);
    y = fused(y, x, 1.1676998740e-1f);
    y = fused(y, x, -1.2420140846e-1f);
    y = fused(y, x, 1.4249322787e-1f);
    y = fused(y, x, -1.6668057665e-1f);
    y = fused(y, x, 2.0000714765e-1f);
    y = fused(y, x, -2.4999993993e-1f);
    y = fused(y, x, 3.3333331174e-1f);
    y = mul(mul(y, x), z);
    y = fused(e, -2.12194440e-4f, y);
    y = fused(-0.5f, z, y);
    return fused(e, 0.693359375f, add(x, y));
}

// Two independent standard normals from two words (Box and Muller); lengths up to 6.7.
__device__ __forceinline__ void normal_pair(unsigned a, unsigned b, float* first, float* second) {
    const float length = __fsqrt_rn(mul(-2.0f, log_uniform(a)));
    // A quarter of the turn, and the rest of the angle within an eighth of a turn to both sides.
    const unsigned quarter = (b + 0x20000000u) >> 30;
    const int rest = static_cast<int>(b - (quarter << 30)) >> 6;
    const float x = mul(add(__int2float_rn(rest), 0.5f), 9.362675e-08f);
    const float z = mul(x, x);
    float s = fused(-1.9515295891e-4f, z, 8.3321608736e-3f);
    s = fused(s, z, -1.6666654611e-1f);
    s = fused(mul(s, z), x, x);
    float c = fused(2.443315711809948e-5f, z, -1.388731625493765e-3f);
    c = fused(c, z, 4.166664568298827e-2f);
    c = fused(c, mul(z, z), fused(-0.5f, z, 1.0f));
    const bool swap = quarter & 1u;
    const float cosine = swap ? s : c, sine = swap ? c : s;
    *first = mul(length, (quarter == 1u || quarter == 2u) ? -cosine : cosine);
    *second = mul(length, quarter >= 2u ? -sine : sine);
}

__device__ __forceinline__ void four_normals(Four counter, unsigned key0, unsigned key1, float* out) {
    const Four words = philox(counter, key0, key1);
    normal_pair(words.x, words.y, out, out + 1);
    normal_pair(words.z, words.w, out + 2, out + 3);
}

// Sum over the 32 lanes of a warp in a fixed order; every lane gets the same bits.
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1)
        value = add(value, __shfl_xor_sync(0xffffffffu, value, offset));
    return value;
}

// Whole numbers of 32 or 64 bits.
template <class Whole> __device__ __forceinline__ Whole warp_sum(Whole value) {
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) value += __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

#endif
