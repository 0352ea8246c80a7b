namespace KernelGateway.Languages;

/// <summary>Which kernel serves a language.</summary>
public sealed class LanguageOptions
{
    /// <summary>Gets or sets the language of a context that names none. Default: <c>python</c>.</summary>
    public string DefaultLanguage { get; set; } = "python";

    /// <summary>Gets other names of languages, by name in lower case. Default: <c>js</c>, <c>ts</c>, <c>py</c>.</summary>
    public IDictionary<string, string> Aliases { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["js"] = "javascript",
        ["ts"] = "typescript",
        ["py"] = "python",
    };

    /// <summary>Gets the kernelspecs to try for a language, best first; then follow those whose kernelspec names the language.</summary>
    public IDictionary<string, IList<string>> PreferredKernelSpecs { get; } =
        new Dictionary<string, IList<string>>(StringComparer.OrdinalIgnoreCase)
        {
            ["python"] = ["python3", "xpython"],
            ["javascript"] = ["jslab", "deno"],
            ["typescript"] = ["tslab", "deno"],
            ["r"] = ["ir"],
        };
}
