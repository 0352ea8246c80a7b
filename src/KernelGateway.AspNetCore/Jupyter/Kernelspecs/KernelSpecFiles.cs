using KernelGateway.Kernelspecs;
using KernelGateway.Protocol.Files;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>The files next to a <c>kernel.json</c>: logos and scripts.</summary>
internal static class KernelSpecFiles
{
    /// <summary>Returns the resource files, by the key that front ends use.</summary>
    public static IEnumerable<(string Key, string FileName)> Resources(KernelSpec spec)
    {
        // Two logos can have one key (logo-svg.svg and logo-svg.png): the first by name is used.
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var fileName in NamesIn(spec.ResourceDirectory))
        {
            if (KeyOf(fileName) is { } key && Find(spec, fileName) is not null && keys.Add(key)) yield return (key, fileName);
        }
    }

    /// <summary>Finds a file; null when it does not exist or is outside the kernelspec's directory.</summary>
    /// <param name="spec">The kernelspec.</param>
    /// <param name="relative">The path below its directory, as a client sent it.</param>
    /// <returns>The path without links, so that the examined file is the one that is opened.</returns>
    public static string? Find(KernelSpec spec, string relative)
    {
        if (relative.Contains('\0', StringComparison.Ordinal)) return null;

        // The directory may itself be a link: kernelspecs are installed that way during development.
        if (RealPath.Resolve(Path.GetFullPath(spec.ResourceDirectory)) is not { } directory) return null;
        var wanted = Path.GetFullPath(Path.Combine(directory, relative));
        return RealPath.Resolve(wanted) is { } real
            && wanted.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && real.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && OutsideFile.IsRegular(real)
            ? real
            : null;
    }

    private static string? KeyOf(string fileName) =>
        fileName is "kernel.js" or "kernel.css" ? fileName
        : fileName.StartsWith("logo-", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(fileName)
        : null;

    private static IEnumerable<string> NamesIn(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Removed since it was listed, or not readable.
            return [];
        }
    }
}
