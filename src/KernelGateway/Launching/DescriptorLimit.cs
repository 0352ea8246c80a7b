using System.Globalization;

namespace KernelGateway.Launching;

/// <summary>The limit of open file descriptors, and the number of connections and kernels that it allows.</summary>
/// <remarks>
/// A runtime without a free descriptor cannot read how much memory there is, and ends the process. Therefore the number of
/// descriptors that clients can make the gateway open is limited. On systems without <c>/proc</c> the numbers are not known, and
/// there is no limit.
/// </remarks>
internal static class DescriptorLimit
{
    /// <summary>
    /// The descriptors of a kernel: its sockets, pipes and files, the assemblies that the first kernel loads, and a reserve.
    /// </summary>
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

    /// <summary>Checks that the descriptors suffice for one more kernel.</summary>
    /// <param name="kernelSpecName">Its kernelspec.</param>
    /// <exception cref="KernelLaunchException">They do not suffice.</exception>
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
