namespace KernelGateway.Contexts.Attaching;

/// <summary>What tells that a file has been written again, without reading it.</summary>
internal sealed record ConnectionFileStamp(DateTime WrittenAt, long Length);
