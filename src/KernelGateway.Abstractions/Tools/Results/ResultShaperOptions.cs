namespace KernelGateway.Tools.Results;

/// <summary>How results are shaped for models.</summary>
public sealed class ResultShaperOptions
{
    /// <summary>Gets or sets the longest text of each part, in characters: standard output, standard error, results, or a part of a file.</summary>
    /// <value>Default: 8,000. At least 200. Longer text is cut in its middle. A token of a model is about four characters of English.</value>
    public int MaxTextLength { get; set; } = 8_000;

    /// <summary>Gets or sets the longest traceback of an error, in characters. Default: 3,000.</summary>
    /// <value>At least 200. Of a longer one the end is kept, where the cause is.</value>
    public int MaxTracebackLength { get; set; } = 3_000;

    /// <summary>Gets or sets how many images a result has. Default: 4.</summary>
    /// <value>0 for models that do not take images in results of tools. Other images are saved as files, if there are files, and named in the text.</value>
    public int MaxImages { get; set; } = 4;

    /// <summary>Gets or sets the size of the largest image in a result, in bytes. Default: 1 MiB.</summary>
    /// <value>At least 1. Larger images are saved as files, if there are files, and named in the text.</value>
    public int MaxImageBytes { get; set; } = 1 << 20;

    /// <summary>Gets or sets the directory in which a directory is created for the whole of what was cut or left out.</summary>
    /// <value>
    /// Default: empty, for the directory of the code, or the home directory of the user if that is not known. Disposing removes the created directory.
    /// </value>
    public string OutputDirectory { get; set; } = "";

    /// <summary>Gets or sets how many of these files are kept. Default: 20.</summary>
    /// <value>0 for none. When there are more, the oldest is removed.</value>
    public int MaxSavedFiles { get; set; } = 20;

    /// <summary>Returns a copy whose files are in a directory, if they are not in another one by these options.</summary>
    internal ResultShaperOptions In(string? directory)
    {
        var copy = (ResultShaperOptions)MemberwiseClone();
        if (string.IsNullOrEmpty(copy.OutputDirectory)) copy.OutputDirectory = directory ?? "";
        return copy;
    }

    /// <summary>Copies the options and checks them.</summary>
    /// <exception cref="ArgumentException">A value cannot be used.</exception>
    internal ResultShaperOptions CopyChecked()
    {
        if (MaxTextLength < 200) throw Unusable(nameof(MaxTextLength), 200);
        if (MaxTracebackLength < 200) throw Unusable(nameof(MaxTracebackLength), 200);
        if (MaxImages < 0) throw Unusable(nameof(MaxImages), 0);
        if (MaxImageBytes < 1) throw Unusable(nameof(MaxImageBytes), 1);
        if (MaxSavedFiles < 0) throw Unusable(nameof(MaxSavedFiles), 0);
        ArgumentNullException.ThrowIfNull(OutputDirectory);
        return (ResultShaperOptions)MemberwiseClone();
    }

    private static ArgumentException Unusable(string option, int minimum) => new($"{option} must be at least {minimum}.");
}
