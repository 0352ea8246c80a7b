namespace KernelGateway.Languages;

/// <summary>Which kernel serves a language.</summary>
public sealed class LanguageOptions
{
    /// <summary>Gets or sets the language of a context that names none. Default: <c>python</c>.</summary>
    public string DefaultLanguage { get; set; } = "python";

    /// <summary>Gets other names of languages, by name in lower case. Default: <c>js</c>, <c>ts</c>, <c>py</c>, <c>sh</c>.</summary>
    public IDictionary<string, string> Aliases { get; private set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["js"] = "javascript",
        ["ts"] = "typescript",
        ["py"] = "python",
        ["sh"] = "bash",
    };

    /// <summary>Gets the kernelspecs to try for a language, best first; then follow those whose kernelspec names the language.</summary>
    /// <value>
    /// Deno comes before tslab: it returns the value of the last expression as a result, tslab only prints it. In configuration,
    /// a list replaces the default list.
    /// </value>
    public IDictionary<string, IList<string>> PreferredKernelSpecs { get; private set; } =
        new Dictionary<string, IList<string>>(StringComparer.OrdinalIgnoreCase)
        {
            ["python"] = ["python3", "xpython"],
            ["javascript"] = ["deno", "jslab"],
            ["typescript"] = ["deno", "tslab"],
            ["r"] = ["ir"],
            ["java"] = ["java", "jjava", "rapaio-jupyter-kernel"],
            ["bash"] = ["bash"],
            ["octave"] = ["octave"],
            ["macaulay2"] = ["m2"],
        };

    internal LanguageOptions Copy()
    {
        var copy = (LanguageOptions)MemberwiseClone();
        copy.Aliases = new Dictionary<string, string>(Aliases, StringComparer.OrdinalIgnoreCase);
        copy.PreferredKernelSpecs = PreferredKernelSpecs.ToDictionary(
            language => language.Key, language => (IList<string>)[.. language.Value], StringComparer.OrdinalIgnoreCase);
        return copy;
    }
}
