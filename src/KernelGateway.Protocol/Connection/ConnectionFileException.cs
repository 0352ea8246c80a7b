namespace KernelGateway.Protocol.Connection;

/// <summary>
/// Is thrown when a connection file cannot be used. Nothing was connected; another file, or the corrected one, may work.
/// </summary>
public sealed class ConnectionFileException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">The field that is missing or wrong; null when it is the file as a whole.</param>
    /// <param name="problem">What is wrong, as the rest of a sentence that begins with the file.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ConnectionFileException(string path, string? field, string problem, Exception? innerException = null)
        : base($"Connection file '{path}'{(field is null ? "" : $": field '{field}'")} {problem}.", innerException)
    {
        Path = path;
        Field = field;
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets the field that is missing or wrong; null when it is the file as a whole.</summary>
    public string? Field { get; }
}
