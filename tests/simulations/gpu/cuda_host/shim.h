// Just enough of CUDA to run a kernel's unchanged source on one host thread: every GPU thread is a fiber,
// a barrier or shuffle hands over to the next one, so all threads of a block go through them in turn.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define __shared__ static

struct Index {
    unsigned x = 0, y = 0, z = 0;
};

namespace shim {
inline Index thread, block, threads, blocks;
inline std::vector<ucontext_t> fibers;
inline std::vector<char> finished;
inline std::vector<uint64_t> slots[2];
inline std::vector<unsigned> turns;
inline ucontext_t home;
inline std::function<void()> body;

inline void hand_over() {
    const unsigned self = thread.x;
    swapcontext(&fibers[self], &home);
    thread.x = self;
}

inline void fiber() {
    body();
    finished[thread.x] = 1;
    swapcontext(&fibers[thread.x], &home);
}

inline void run_block() {
    const unsigned count = threads.x;
    static std::vector<std::vector<char>> stacks;
    fibers.assign(count, {});
    finished.assign(count, 0);
    turns.assign(count, 0);
    slots[0].assign(count, 0);
    slots[1].assign(count, 0);
    stacks.resize(count, std::vector<char>(1 << 17));
    for (unsigned t = 0; t < count; ++t) {
        getcontext(&fibers[t]);
        fibers[t].uc_stack.ss_sp = stacks[t].data();
        fibers[t].uc_stack.ss_size = stacks[t].size();
        makecontext(&fibers[t], fiber, 0);
    }
    for (unsigned left = count; left > 0;)
        for (unsigned t = 0; t < count; ++t) {
            if (finished[t]) continue;
            thread.x = t;
            swapcontext(&home, &fibers[t]);
            left -= finished[t];
        }
}

// Denormal numbers are 0 while a kernel runs, as -ftz=true, which CuPy always adds, makes them on a card.
struct Flushed {
    unsigned before = _mm_getcsr();
    Flushed() { _mm_setcsr(before | 0x8040); }
    ~Flushed() { _mm_setcsr(before); }
};

inline void launch(Index grid, unsigned size, std::function<void()> kernel) {
    const Flushed flushed;
    blocks = grid;
    threads = {size, 1, 1};
    body = kernel;
    for (block.z = 0; block.z < grid.z; ++block.z)
        for (block.y = 0; block.y < grid.y; ++block.y)
            for (block.x = 0; block.x < grid.x; ++block.x) run_block();
}

// Slots alternate, so that a fiber may write the next value before the others have read this one.
template <class T> T exchange(T value, unsigned lane) {
    const unsigned self = thread.x, side = turns[self]++ & 1u;
    std::memcpy(&slots[side][self], &value, sizeof(T));
    hand_over();
    T result;
    std::memcpy(&result, &slots[side][(self & ~31u) + lane], sizeof(T));
    return result;
}
}  // namespace shim

#define threadIdx shim::thread
#define blockIdx shim::block
#define blockDim shim::threads
#define gridDim shim::blocks

inline void __syncthreads() { shim::hand_over(); }
inline void __syncwarp() { shim::hand_over(); }
template <class T> T __shfl_xor_sync(unsigned, T value, int mask) {
    return shim::exchange(value, (shim::thread.x & 31u) ^ mask);
}
template <class T> T __shfl_sync(unsigned, T value, int lane) { return shim::exchange(value, lane); }
template <class T> T atomicAdd(T* where, T value) {
    const T before = *where;
    *where += value;
    return before;
}
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __uint2float_rn(unsigned a) { return static_cast<float>(a); }
inline float __int2float_rn(int a) { return static_cast<float>(a); }
inline int __clz(unsigned a) { return a ? __builtin_clz(a) : 32; }
inline unsigned __umulhi(unsigned a, unsigned b) {
    return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32);
}
