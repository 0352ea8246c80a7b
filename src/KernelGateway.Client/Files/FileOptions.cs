namespace KernelGateway.Client;

/// <summary>How a file is read.</summary>
public sealed class FileReadOptions
{
    /// <summary>Gets or sets the user whose home relative paths begin at. Default: the default user of the sandbox.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets whether the content is compressed on its way. Default: false.</summary>
    public bool Gzip { get; set; }
}

/// <summary>How a file is written.</summary>
public sealed class FileWriteOptions
{
    /// <summary>Gets or sets the user who owns the file, and whose home relative paths begin at. Default: the default user of the sandbox.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets whether the content is compressed on its way. Default: false.</summary>
    public bool Gzip { get; set; }

    /// <summary>Gets or sets the metadata of the file, which replaces what it had. Default: none.</summary>
    /// <value>Keys are stored in lower case; keys and values are printable ASCII of at most 4096 bytes together.</value>
    public IReadOnlyDictionary<string, string>? Metadata { get; set; }
}

/// <summary>A file to write.</summary>
public sealed class FileToWrite
{
    /// <summary>Creates one from a text, which is written as UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="text">Its content.</param>
    public FileToWrite(string path, string text)
        : this(path, System.Text.Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>Creates one from bytes.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content.</param>
    public FileToWrite(string path, ReadOnlyMemory<byte> content)
    {
        ArgumentNullException.ThrowIfNull(path);
        Path = path;
        Content = content;
    }

    /// <summary>Gets the path.</summary>
    public string Path { get; }

    /// <summary>Gets the content.</summary>
    public ReadOnlyMemory<byte> Content { get; }
}
