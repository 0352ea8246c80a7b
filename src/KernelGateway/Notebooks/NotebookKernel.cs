using KernelGateway.Contexts;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>Selects the kernel of a notebook, and writes the metadata of the kernel that has run it.</summary>
internal static class NotebookKernel
{
    /// <summary>
    /// Selects by the requested name, otherwise the notebook's kernelspec if it is installed, otherwise its language, otherwise
    /// the default.
    /// </summary>
    /// <exception cref="KernelSpecNotFoundException">No kernelspec fits; the exception lists the installed ones.</exception>
    public static async Task<KernelSpec> SelectAsync(
        Gateway gateway, Notebook notebook, CreateContextOptions wanted, CancellationToken cancellationToken)
    {
        var catalog = gateway.KernelSpecs;
        var languages = new LanguageSelector(catalog, gateway.Options.Languages);
        if (wanted.KernelSpecName is { } name) return await catalog.GetAsync(name, cancellationToken).ConfigureAwait(false);
        if (wanted.Language is { } language) return await SelectAsync(language).ConfigureAwait(false);

        if (notebook.KernelSpecName is { } named)
        {
            var installed = await catalog.ListAsync(cancellationToken).ConfigureAwait(false);
            if (installed.FirstOrDefault(spec => string.Equals(spec.Name, named, StringComparison.OrdinalIgnoreCase)) is { } found) return found;

            // Without a language the language of the cells is not known: the default kernel would fail.
            if (notebook.Language is null) return await catalog.GetAsync(named, cancellationToken).ConfigureAwait(false);
        }

        return await SelectAsync(notebook.Language).ConfigureAwait(false);

        Task<KernelSpec> SelectAsync(string? wantedLanguage) => languages.SelectAsync(languages.Normalize(wantedLanguage), cancellationToken);
    }

    /// <summary>Writes the kernel's names into the notebook's metadata, as Jupyter does.</summary>
    public static void Describe(CodeContext context, JObject metadata)
    {
        var kernel = context.Kernel;
        if (kernel.Spec is { } spec)
        {
            // Other metadata of the same kernelspec are kept.
            if (metadata["kernelspec"] is not JObject described || (string?)described["name"] != spec.Name)
            {
                metadata["kernelspec"] = described = [];
            }

            described["display_name"] = spec.DisplayName;
            described["language"] = spec.Language.Length > 0 ? spec.Language : context.Language;
            described["name"] = spec.Name;
        }

        if (kernel.Info?.LanguageInfo is not { } language) return;
        var info = new JObject();
        if (language.CodeMirrorMode is { } mode) info["codemirror_mode"] = mode.DeepClone();
        Add("file_extension", language.FileExtension);
        Add("mimetype", language.MediaType);
        info["name"] = language.Name.Length > 0 ? language.Name : context.Language;
        Add("nbconvert_exporter", language.NotebookExporter);
        Add("pygments_lexer", language.PygmentsLexer);
        Add("version", language.Version);
        metadata["language_info"] = info;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) info[name] = value;
        }
    }
}
