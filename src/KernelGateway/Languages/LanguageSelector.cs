using KernelGateway.Kernelspecs;

namespace KernelGateway.Languages;

/// <summary>Finds the kernelspec that serves a language.</summary>
internal sealed class LanguageSelector(KernelSpecCatalog catalog, LanguageOptions options)
{
    /// <summary>Returns the name under which a language is known: lower case, aliases resolved, the default for none.</summary>
    public string Normalize(string? language)
    {
        var name = string.IsNullOrWhiteSpace(language) ? options.DefaultLanguage : language.Trim();
        return (options.Aliases.TryGetValue(name, out var meant) ? meant : name).ToLowerInvariant();
    }

    /// <summary>
    /// Selects by language or kernelspec name: the preferred kernelspecs, then those that name the language, then the name
    /// itself.
    /// </summary>
    /// <exception cref="KernelSpecNotFoundException">No kernelspec serves it.</exception>
    public async Task<KernelSpec> SelectAsync(string normalized, CancellationToken cancellationToken)
    {
        var installed = await catalog.ListAsync(cancellationToken).ConfigureAwait(false);
        return Choose(installed, normalized)
            ?? throw KernelSpecNotFoundException.ForLanguage(
                normalized, [.. installed.Select(spec => spec.Name)], catalog.SearchedDirectories);
    }

    /// <summary>Selects in the same way among known kernelspecs; null when none of them serves it.</summary>
    public KernelSpec? Choose(IReadOnlyList<KernelSpec> installed, string normalized)
    {
        if (options.PreferredKernelSpecs.TryGetValue(normalized, out var preferred))
        {
            foreach (var name in preferred)
            {
                if (Named(installed, name) is { } spec) return spec;
            }
        }

        return Named(installed, normalized)
            ?? installed.FirstOrDefault(spec => string.Equals(spec.Language, normalized, StringComparison.OrdinalIgnoreCase));
    }

    private static KernelSpec? Named(IReadOnlyList<KernelSpec> installed, string name) =>
        installed.FirstOrDefault(spec => string.Equals(spec.Name, name, StringComparison.OrdinalIgnoreCase));
}
