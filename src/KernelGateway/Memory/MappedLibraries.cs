using System.Globalization;
using System.Runtime.InteropServices;

namespace KernelGateway.Memory;

/// <summary>
/// Removes the code of libraries and assemblies from the resident memory of the process; used pages are loaded again automatically.
/// </summary>
/// <remarks>
/// Many pages are used only at start-up. The pages stay in the system's cache of files, so that one that is needed costs a minor
/// page fault. Only parts of files that cannot be written and of which the process has no copies of its own are
/// dropped: their content is always that of the file.
/// </remarks>
internal static partial class MappedLibraries
{
    private const int DoNotNeed = 4;               // MADV_DONTNEED

    /// <summary>Finds the parts that can be dropped; empty if the system does not report them.</summary>
    public static IReadOnlyList<(nint Start, nuint Length)> Find()
    {
        if (!OperatingSystem.IsLinux()) return [];
        try
        {
            return Find(File.ReadAllLines("/proc/self/smaps"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then they stay.
            return [];
        }
    }

    /// <summary>Drops the pages of parts that were found. Never throws.</summary>
    public static void Release(IReadOnlyList<(nint Start, nuint Length)> parts)
    {
        foreach (var (start, length) in parts) _ = Advise(start, length, DoNotNeed);
    }

    private static List<(nint Start, nuint Length)> Find(string[] lines)
    {
        var parts = new List<(nint Start, nuint Length)>();
        for (var i = 0; i < lines.Length; i++)
        {
            // 7f51c8000000-7f51c8400000 r-xp 00000000 fd:01 4711      /usr/lib/libexample.so.1, then a field a line.
            if (!TryParse(lines[i], out var start, out var length)) continue;
            var resident = 0L;
            var copied = 0L;
            for (; i + 1 < lines.Length && char.IsAsciiLetterUpper(lines[i + 1][0]); i++)
            {
                if (lines[i + 1].StartsWith("Rss:", StringComparison.Ordinal)) resident = Kilobytes(lines[i + 1]);
                if (lines[i + 1].StartsWith("Anonymous:", StringComparison.Ordinal)) copied = Kilobytes(lines[i + 1]);
            }

            if (resident > 0 && copied == 0) parts.Add((start, length));
        }

        return parts;
    }

    private static bool TryParse(string line, out nint start, out nuint length)
    {
        start = 0;
        length = 0;
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6 || fields[1] is not ("r-xp" or "r--p" or "r--s") || fields[0].Split('-') is not [var from, var to]) return false;
        var name = Path.GetFileName(fields[5]);
        if (Path.GetExtension(name) is not (".dll" or ".so") && !name.Contains(".so.", StringComparison.Ordinal)) return false;
        if (!ulong.TryParse(from, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var first)) return false;
        if (!ulong.TryParse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var end)) return false;
        start = (nint)first;
        length = (nuint)(end - first);
        return true;
    }

    // "Rss:                 123 kB"
    private static long Kilobytes(string line) =>
        long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out var value) ? value : 0;

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint length, int advice);
}
