namespace KernelGateway.Contexts.Attaching;

/// <summary>Shows whether a file has been written again, without reading it.</summary>
internal sealed record ConnectionFileStamp(DateTime WrittenAt, long Length);
