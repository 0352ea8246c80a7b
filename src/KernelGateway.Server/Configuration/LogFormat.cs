namespace KernelGateway.Server.Configuration;

/// <summary>The form of the log.</summary>
internal enum LogFormat
{
    /// <summary>A line for people.</summary>
    Text,

    /// <summary>A JSON object a line.</summary>
    Json,
}
