"""Two fused CUDA kernels: direct simulation of isotropic Gaussian classes, and a sweep over stored features.

The sources are the ``.cu`` files beside this one. They are compiled on first use for the GPU at hand.
"""
