using System.Globalization;

namespace KernelGateway.Server.Serve;

/// <summary>Derives how many connections may be open from how many file descriptors the process may have.</summary>
/// <remarks>
/// A runtime without a free descriptor cannot read how much memory there is, and aborts. Kernels, files and the server itself need descriptors
/// that no stranger can take.
/// </remarks>
internal static class DescriptorLimit
{
    // Measured: the runtime, the listening sockets, the watchers and the logs of a server at rest take some 70.
    private const long OwnDescriptors = 96;

    private const long FewestConnections = 16;

    /// <summary>Gives the number of connections for the limit that the process runs under; null when there is no limit to be seen.</summary>
    public static long? GetMaxConnections() =>
        OperatingSystem.IsLinux() && ReadSoftLimit(File.ReadLines("/proc/self/limits")) is { } limit ? ForDescriptors(limit) : null;

    /// <summary>Gives the number of connections for a number of descriptors: half of what the server itself does not need.</summary>
    /// <remarks>The other half is for kernels, of which each takes about ten, and for files of output that is spilled to disk.</remarks>
    public static long ForDescriptors(long descriptors) => Math.Max(FewestConnections, (descriptors - OwnDescriptors) / 2);

    // Max open files            1024                 524288               files
    internal static long? ReadSoftLimit(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        var line = lines.FirstOrDefault(one => one.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
