namespace KernelGateway.SandboxServices.Files;

/// <summary>How files are used.</summary>
public sealed record SandboxFilesOptions
{
    /// <summary>Gets with whose rights the service uses files.</summary>
    /// <value>
    /// <see cref="FileRights.User"/>, the default. Where the service runs as the user itself, both values are the same.
    /// </value>
    public FileRights Rights { get; init; } = FileRights.User;

    /// <summary>Gets the directory that the empty path means.</summary>
    /// <value>An absolute path. Null, the default, for the user's home.</value>
    public string? WorkingDirectory { get; init; }
}
