namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>Follows symbolic links, those among the directories on the way too.</summary>
internal static class RealPath
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>Gives where a path really leads, without a link in it; null when it leads nowhere.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? Of(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(SegmentsFromTheEnd(path));
        var links = 0;
        while (rest.TryPop(out var segment))
        {
            if (segment == ".") continue;
            if (segment == "..")
            {
                // Of the real directory, as the system has it: "link/.." is not where the link stands.
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
