using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Kernelspecs;

/// <summary>Finds the kernelspecs that are installed on this machine.</summary>
/// <remarks>
/// Nothing is cached between calls, so a newly installed kernelspec is found. Searched are the
/// <c>kernels</c> directories below Jupyter's data directories, in Jupyter's order; of several kernelspecs whose lower-cased names are
/// equal the first wins, even when it is broken. Safe for use by several threads at once.
/// </remarks>
public sealed partial class KernelSpecCatalog
{
    private readonly KernelSpecCatalogOptions _options;
    private readonly ILogger _logger;

    // The last logged problem of each directory: front ends list kernelspecs every few seconds.
    private readonly ConcurrentDictionary<string, string> _reported = new(StringComparer.Ordinal);

    /// <summary>Creates a catalog.</summary>
    /// <param name="options">Where to look, copied; Jupyter's places by default.</param>
    /// <param name="logger">Receives a warning for each kernelspec that cannot be used, once for each problem.</param>
    public KernelSpecCatalog(KernelSpecCatalogOptions? options = null, ILogger<KernelSpecCatalog>? logger = null)
    {
        _options = options?.Copy() ?? new KernelSpecCatalogOptions();
        _logger = (ILogger?)logger ?? NullLogger.Instance;
    }

    /// <summary>Gets the directories a search looks in now, in order of precedence, whether they exist or not.</summary>
    public IReadOnlyList<string> SearchedDirectories => new JupyterKernelDirectories(_options).Find();

    /// <summary>Lists the usable kernelspecs by name; unusable ones are logged and left out.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<IReadOnlyList<KernelSpec>> ListAsync(CancellationToken cancellationToken = default)
    {
        var listing = await ListAllAsync(cancellationToken).ConfigureAwait(false);
        return listing.KernelSpecs;
    }

    /// <summary>Lists the usable kernelspecs and, with the reason, the unusable ones.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<KernelSpecListing> ListAllAsync(CancellationToken cancellationToken = default)
    {
        var directories = SearchedDirectories;
        var found = FindByName(directories);
        var usable = new List<KernelSpec>(found.Count);
        var broken = new List<BrokenKernelSpec>();
        foreach (var (name, directory) in found)
        {
            try
            {
                usable.Add(await KernelSpecReader.ReadAsync(name, directory, cancellationToken).ConfigureAwait(false));
                if (IsValidName(name)) _reported.TryRemove(directory, out _);
                else if (IsNews(directory, "")) LogInvalidName(name, directory);
            }
            catch (KernelSpecFormatException exception)
            {
                if (IsNews(directory, exception.Message)) LogBroken(name, directory, exception.Message);
                broken.Add(new BrokenKernelSpec(name, directory, exception.Message));
            }
        }

        return new KernelSpecListing(usable, broken, directories);
    }

    /// <summary>Finds the kernelspec of a name, ignoring its case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="KernelSpecNotFoundException">
    /// There is none, or it cannot be used; the exception lists what is installed and where the search looked.
    /// </exception>
    public async Task<KernelSpec> GetAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var directories = SearchedDirectories;
        var problem = default(string);
        if (FindByName(directories).TryGetValue(name.ToLowerInvariant(), out var directory))
        {
            try
            {
                return await KernelSpecReader.ReadAsync(name.ToLowerInvariant(), directory, cancellationToken).ConfigureAwait(false);
            }
            catch (KernelSpecFormatException exception)
            {
                problem = $"{exception.Message} ({directory})";
            }
        }

        var installed = await ListAsync(cancellationToken).ConfigureAwait(false);
        throw KernelSpecNotFoundException.ForName(name, installed.Select(spec => spec.Name).ToArray(), directories, problem);
    }

    private SortedDictionary<string, string> FindByName(IReadOnlyList<string> directories)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var parent in directories)
        {
            foreach (var directory in Subdirectories(parent))
            {
                var name = Path.GetFileName(directory).ToLowerInvariant();
                if (_options.AllowedKernelSpecs.Count > 0 && !_options.AllowedKernelSpecs.Contains(name)) continue;
                if (!found.ContainsKey(name) && File.Exists(Path.Combine(directory, "kernel.json"))) found.Add(name, directory);
            }
        }

        return found;
    }

    // Sorted, so that of "IR" and "ir" in one directory the same one wins each time.
    private string[] Subdirectories(string parent)
    {
        if (!Directory.Exists(parent)) return [];
        try
        {
            return [.. Directory.EnumerateDirectories(parent).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (IsNews(parent, exception.Message)) LogUnreadableDirectory(parent, exception);
            return [];
        }
    }

    private bool IsNews(string directory, string problem)
    {
        if (_reported.TryGetValue(directory, out var last) && last == problem) return false;
        _reported[directory] = problem;
        return true;
    }

    private static bool IsValidName(string name) =>
        name.Length > 0 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');

    [LoggerMessage(3001, LogLevel.Warning, "Kernelspec {KernelSpec} in {Directory} cannot be used: {Problem}")]
    private partial void LogBroken(string kernelSpec, string directory, string problem);

    [LoggerMessage(3002, LogLevel.Warning, "Kernelspec directory {Directory} cannot be searched.")]
    private partial void LogUnreadableDirectory(string directory, Exception exception);

    [LoggerMessage(3003, LogLevel.Warning,
        "Kernelspec {KernelSpec} in {Directory} has a name that other Jupyter programs refuse: letters, digits, '.', '_' and '-' are valid.")]
    private partial void LogInvalidName(string kernelSpec, string directory);
}
