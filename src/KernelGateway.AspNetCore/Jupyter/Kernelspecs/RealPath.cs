namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>Resolves symbolic links, those in parent directories included.</summary>
internal static class RealPath
{
    // The limit of Linux.
    private const int MostLinks = 40;

    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>Returns a path without symbolic links; null when it does not exist.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? Resolve(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(SegmentsFromTheEnd(path));
        var links = 0;
        while (rest.TryPop(out var segment))
        {
            if (segment == ".") continue;
            if (segment == "..")
            {
                // The parent of the real directory, as in the operating system: "link/.." is not the directory of the link.
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, segment);
            var target = new FileInfo(next).LinkTarget;
            if (target is null)
            {
                if (!Path.Exists(next)) return null;
                real = next;
                continue;
            }

            if (++links > MostLinks) return null;
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            foreach (var part in SegmentsFromTheEnd(target)) rest.Push(part);
        }

        return real;
    }

    private static IEnumerable<string> SegmentsFromTheEnd(string path) =>
        path[Path.GetPathRoot(path)!.Length..].Split(Separators, StringSplitOptions.RemoveEmptyEntries).Reverse();
}
