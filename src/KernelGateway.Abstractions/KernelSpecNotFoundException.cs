namespace KernelGateway;

/// <summary>There is no usable kernelspec of the requested name or language. Nothing was started.</summary>
public sealed class KernelSpecNotFoundException : KernelGatewayException
{
    private KernelSpecNotFoundException(
        string message,
        string? name,
        string? language,
        IReadOnlyList<string> installedNames,
        IReadOnlyList<string> searchedPaths,
        Exception? cause = null)
        : base(message, cause)
    {
        RequestedName = name;
        RequestedLanguage = language;
        InstalledNames = installedNames;
        SearchedPaths = searchedPaths;
    }

    /// <summary>Gets the requested kernelspec name; null when a language was requested.</summary>
    public string? RequestedName { get; }

    /// <summary>Gets the requested language; null when a name was requested.</summary>
    public string? RequestedLanguage { get; }

    /// <summary>Gets the names of the kernelspecs that could have been used instead.</summary>
    /// <value>Empty when a gateway on another machine reported it, whose message has them.</value>
    public IReadOnlyList<string> InstalledNames { get; }

    /// <summary>Gets the directories that were searched, in order of precedence.</summary>
    public IReadOnlyList<string> SearchedPaths { get; }

    /// <summary>Creates the exception for a name that no kernelspec has.</summary>
    /// <param name="name">The name asked for.</param>
    /// <param name="installedNames">The names that exist.</param>
    /// <param name="searchedPaths">The directories searched.</param>
    /// <param name="problem">Why a kernelspec of that name was found and could not be used; null when none was found.</param>
    internal static KernelSpecNotFoundException ForName(
        string name, IReadOnlyList<string> installedNames, IReadOnlyList<string> searchedPaths, string? problem = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        var subject = problem is null
            ? $"No kernelspec is named '{name}'."
            : $"The kernelspec '{name}' cannot be used: {problem}";
        return new KernelSpecNotFoundException(Describe(subject, installedNames, searchedPaths), name, null, installedNames, searchedPaths);
    }

    /// <summary>Creates the exception for a language that no kernelspec runs.</summary>
    /// <param name="language">The language asked for.</param>
    /// <param name="installedNames">The names that exist.</param>
    /// <param name="searchedPaths">The directories searched.</param>
    internal static KernelSpecNotFoundException ForLanguage(
        string language, IReadOnlyList<string> installedNames, IReadOnlyList<string> searchedPaths)
    {
        ArgumentNullException.ThrowIfNull(language);
        var subject = $"No installed kernelspec runs the language '{language}'.";
        return new KernelSpecNotFoundException(Describe(subject, installedNames, searchedPaths), null, language, installedNames, searchedPaths);
    }

    /// <summary>Creates the exception for the message of a gateway on another machine.</summary>
    /// <param name="message">The message.</param>
    /// <param name="language">The language asked for, or null.</param>
    /// <param name="cause">The gateway's answer.</param>
    internal static KernelSpecNotFoundException ForRemote(string message, string? language, Exception cause) =>
        new(message, null, language, [], [], cause);

    private static string Describe(string subject, IReadOnlyList<string> installedNames, IReadOnlyList<string> searchedPaths)
    {
        ArgumentNullException.ThrowIfNull(installedNames);
        ArgumentNullException.ThrowIfNull(searchedPaths);
        var installed = installedNames.Count == 0 ? "No kernelspec is installed." : $"Installed: {string.Join(", ", installedNames)}.";
        var searched = searchedPaths.Count == 0 ? "No directory was searched." : $"Looked in: {string.Join(", ", searchedPaths)}.";
        return $"{subject} {installed} {searched}";
    }
}
