using KernelGateway.Launching.Local;

namespace KernelGateway.Launching;

/// <summary>Finds problems of a launch before it begins.</summary>
internal static class LaunchCheck
{
    private const int MaxKernelIdLength = 64;

    internal static void Check(KernelLaunch launch)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            throw new PlatformNotSupportedException(
                "Kernels can be launched on Linux and macOS only. Attaching to a running kernel by its connection file works on this system.");
        CheckKernelId(launch.KernelId);
        if (launch.Spec.Argv.Count == 0)
            throw new ArgumentException($"The kernelspec '{launch.Spec.Name}' has no command.", nameof(launch));
        if (launch.Spec.Argv.Any(argument => argument.Contains('\0')))
            throw new ArgumentException($"The command of the kernelspec '{launch.Spec.Name}' contains a NUL character.", nameof(launch));
        CheckProvisioner(launch);
        CheckWorkingDirectory(launch);
    }

    // The id becomes part of file names.
    private static void CheckKernelId(string kernelId)
    {
        var isUsable = kernelId is { Length: > 0 and <= MaxKernelIdLength }
            && kernelId.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');
        if (!isUsable)
            throw new ArgumentException(
                $"A kernel id has 1 to {MaxKernelIdLength} characters out of letters, digits, '.', '_' and '-'.", nameof(kernelId));
    }

    private static void CheckProvisioner(KernelLaunch launch)
    {
        if (launch.IsProvisionerChosen || launch.Spec.ProvisionerName is not { } name || name == LocalKernelProvisioner.Name) return;
        throw new KernelLaunchException(
            LaunchFailureReason.ProvisionerNotSupported,
            launch.Spec.Name,
            $"The kernelspec '{launch.Spec.Name}' asks for the provisioner '{name}'; kernels are started as local processes here.");
    }

    private static void CheckWorkingDirectory(KernelLaunch launch)
    {
        if (launch.WorkingDirectory is not { } directory) return;
        if (directory.Contains('\0')) throw new ArgumentException("The working directory contains a NUL character.", nameof(launch));
        if (Directory.Exists(directory)) return;
        var problem = File.Exists(directory) ? "is a file" : "does not exist";
        throw new KernelLaunchException(
            LaunchFailureReason.WorkingDirectoryNotFound,
            launch.Spec.Name,
            $"The working directory '{directory}' for the kernel '{launch.Spec.Name}' {problem}.");
    }
}
