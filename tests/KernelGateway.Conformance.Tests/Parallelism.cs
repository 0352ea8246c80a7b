using NUnit.Framework;

// The checks mostly wait for messages that must not arrive, so more of them than there are processors run in parallel.
[assembly: LevelOfParallelism(8)]
