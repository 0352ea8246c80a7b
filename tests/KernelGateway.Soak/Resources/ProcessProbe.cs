using System.Globalization;
using System.Text;

namespace KernelGateway.Soak.Resources;

/// <summary>Reads the resources of a process from <c>/proc</c>.</summary>
/// <param name="processId">The process id.</param>
/// <param name="directories">The directories it may write to.</param>
internal sealed class ProcessProbe(int processId, IReadOnlyList<string> directories)
{
    public ResourceSample Take() => new(
        ReadStatus(processId, "VmRSS:") * 1024,
        ListDescriptors().Values.Sum(),
        (int)ReadStatus(processId, "Threads:"),
        ListFiles().Count);

    /// <summary>Lists the files in its directories, to identify superfluous ones.</summary>
    public IReadOnlyList<string> ListFiles() =>
        [.. directories.Where(Directory.Exists).SelectMany(directory => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))];

    /// <summary>Lists the targets of its descriptors with their counts, to identify superfluous ones.</summary>
    public IReadOnlyDictionary<string, int> ListDescriptors() => Directory
        .EnumerateFileSystemEntries($"/proc/{processId}/fd")
        .Select(path => Kind(new FileInfo(path).LinkTarget ?? "gone"))
        .Where(kind => !IsCode(kind))
        .GroupBy(kind => kind)
        .ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Finds the processes with a variable in their environment, which are those that were started in this run.</summary>
    public static IReadOnlyList<(int Id, string Command)> FindMarked(string name, string value)
    {
        var mark = Encoding.UTF8.GetBytes($"{name}={value}");
        var found = new List<(int, string)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            if (id != Environment.ProcessId && HasMark(id, mark)) found.Add((id, ReadCommand(id)));
        }

        return found;
    }

    /// <summary>Returns whether a process has the variable in its environment and was therefore started in this run.</summary>
    public static bool IsMarked(int processId, string name, string value) => HasMark(processId, Encoding.UTF8.GetBytes($"{name}={value}"));

    private static bool HasMark(int processId, ReadOnlySpan<byte> mark)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{processId}/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process has exited or belongs to another user.
            return false;
        }
    }

    private static string ReadCommand(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Replace('\0', ' ').Trim();
        }
        catch (IOException)
        {
            return "gone";
        }
    }

    private static long ReadStatus(int processId, string field)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    // The runtime opens assemblies at their first use and keeps them open, which is not a leak.
    private static bool IsCode(string target) => Path.GetExtension(target) is ".dll" or ".pdb" or ".so";

    // All sockets (socket:[123]) and all pipes (pipe:[123]) are one kind each. Files are distinguished by their path.
    private static string Kind(string target)
    {
        var bracket = target.IndexOf(":[", StringComparison.Ordinal);
        return bracket > 0 ? target[..bracket] : target;
    }
}
