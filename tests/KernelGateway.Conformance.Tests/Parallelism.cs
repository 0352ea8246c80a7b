using NUnit.Framework;

// A run of the checks mostly waits for messages that must not come, so that more of them than processors run at once.
[assembly: LevelOfParallelism(4)]
