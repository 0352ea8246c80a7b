namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Is one input of the past.</summary>
/// <param name="Session">The session's number; null from octave.</param>
/// <param name="Line">The line's number within the session; null from octave.</param>
/// <param name="Input">The code.</param>
/// <param name="Output">What it gave; null when it gave nothing or was not asked for.</param>
public sealed record HistoryEntry(long? Session, long? Line, string Input, string? Output = null);
