using System.Globalization;
using System.Runtime.InteropServices;

namespace KernelGateway.Memory;

/// <summary>Takes the code of native libraries out of the resident memory of the process; what is used comes back by itself.</summary>
/// <remarks>
/// Much of what a start touches is not needed again. The pages stay in the system's cache of files, so that one that is needed costs a minor
/// page fault. Only parts of shared libraries that cannot be written and of which the process has no copies of its own are dropped: they
/// are the bytes of the file at any time.
/// </remarks>
internal static partial class MappedLibraries
{
    private const int DoNotNeed = 4;               // MADV_DONTNEED

    /// <summary>Drops the pages; returns how many bytes were resident. Never throws.</summary>
    public static long Release()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        try
        {
            return Release(File.ReadAllLines("/proc/self/smaps"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A process that may not be dumped cannot read its own map as an ordinary user. Then it stays as it is.
            return 0;
        }
    }

    private static long Release(string[] lines)
    {
        var released = 0L;
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

            if (resident > 0 && copied == 0 && Advise(start, length, DoNotNeed) == 0) released += resident << 10;
        }

        return released;
    }

    private static bool TryParse(string line, out nint start, out nuint length)
    {
        start = 0;
        length = 0;
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6 || fields[1] is not ("r-xp" or "r--p") || fields[0].Split('-') is not [var from, var to]) return false;
        var name = Path.GetFileName(fields[5]);
        if (!name.EndsWith(".so", StringComparison.Ordinal) && !name.Contains(".so.", StringComparison.Ordinal)) return false;
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
