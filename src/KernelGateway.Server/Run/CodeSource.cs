namespace KernelGateway.Server.Run;

/// <summary>The code to run, and the language of its file name.</summary>
/// <param name="Code">The code.</param>
/// <param name="Language">The language by the file's ending; null when it is unknown.</param>
/// <param name="IsStandardInput">Whether the code was read from standard input, so that the code itself cannot read from
/// it.</param>
internal sealed record CodeSource(string Code, string? Language, bool IsStandardInput)
{
    private static readonly Dictionary<string, string> Languages = new(StringComparer.OrdinalIgnoreCase)
    {
        [".py"] = "python",
        [".js"] = "javascript",
        [".mjs"] = "javascript",
        [".ts"] = "typescript",
        [".r"] = "r",
        [".m"] = "octave",
    };

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<CodeSource> ReadAsync(string? file, string? code, CancellationToken cancellationToken)
    {
        if (code is not null) return new CodeSource(code, null, IsStandardInput: false);
        if (file == "-") return new CodeSource(await Console.In.ReadToEndAsync(cancellationToken), null, IsStandardInput: true);
        var text = await File.ReadAllTextAsync(file!, cancellationToken);
        return new CodeSource(text, Languages.GetValueOrDefault(Path.GetExtension(file!)), IsStandardInput: false);
    }
}
