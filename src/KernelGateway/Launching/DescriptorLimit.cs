using System.Globalization;

namespace KernelGateway.Launching;

/// <summary>How many file descriptors the process may have open, and how many connections and kernels they have room for.</summary>
/// <remarks>
/// A runtime without a free descriptor cannot read how much memory there is, and ends the process. So what others can make the gateway open is
/// bounded beforehand. On systems without <c>/proc</c> nothing is known and nothing is bounded.
/// </remarks>
internal static class DescriptorLimit
{
    /// <summary>What a kernel takes, with its sockets, pipes and files and the assemblies that the first one loads, and a few to spare.</summary>
    public const int PerKernel = 40;

    // Measured: the runtime keeps each assembly's file open, 164 of them; with pipes, sockets and watches a server at rest has 195.
    private const long OwnDescriptors = 224;

    private const long FewestConnections = 16;

    /// <summary>Reads how many the process may have, as the runtime has raised it at its start; null when that is not known.</summary>
    public static long? ReadSoftLimit() => OperatingSystem.IsLinux() ? ReadSoftLimit(File.ReadLines("/proc/self/limits")) : null;

    /// <summary>
    /// Returns the number of connections for a number of descriptors: half of what the gateway does not need for itself.
    /// </summary>
    /// <remarks>The other half is for kernels, and for files of output that is spilled to disk.</remarks>
    public static long GetMaxConnections(long descriptors) => Math.Max(FewestConnections, (descriptors - OwnDescriptors) / 2);

    /// <summary>Makes sure that one more kernel has room.</summary>
    /// <param name="kernelSpecName">Its kernelspec.</param>
    /// <exception cref="KernelLaunchException">It has none.</exception>
    public static void CheckRoomForKernel(string kernelSpecName)
    {
        if (ReadSoftLimit() is not { } limit) return;
        var open = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        if (limit - open >= PerKernel) return;
        throw new KernelLaunchException(
            LaunchFailureReason.ResourcesExhausted,
            kernelSpecName,
            $"The kernel '{kernelSpecName}' cannot be started: {open} of the {limit} file descriptors that the gateway may have (ulimit -n) are in use, and a kernel takes up to {PerKernel}.");
    }

    // Max open files            1024                 524288               files
    internal static long? ReadSoftLimit(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        var line = lines.FirstOrDefault(one => one.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
