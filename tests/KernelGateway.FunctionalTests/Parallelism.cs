using NUnit.Framework;

// The tests mostly wait for kernels and clients, so more of them than there are processors run in parallel.
[assembly: LevelOfParallelism(5)]
