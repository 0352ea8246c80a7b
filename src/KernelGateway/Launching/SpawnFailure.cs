using System.Runtime.InteropServices;

namespace KernelGateway.Launching;

/// <summary>Explains why the system refused to start a process.</summary>
internal static class SpawnFailure
{
    private const int NoEntry = 2;               // ENOENT
    private const int TooBig = 7;                // E2BIG
    private const int BadFormat = 8;             // ENOEXEC
    private const int NoMemory = 12;             // ENOMEM
    private const int NoPermission = 13;         // EACCES
    private const int TooManyFilesInSystem = 23; // ENFILE
    private const int TooManyFiles = 24;         // EMFILE

    // EAGAIN, too many processes, is one of the few numbers on which the systems differ.
    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;

    internal static KernelLaunchException ToException(int error, KernelLaunch launch, KernelCommand command)
    {
        var subject = $"The program '{command.ProgramPath}' of the kernelspec '{launch.Spec.Name}'";
        var system = Marshal.GetPInvokeErrorMessage(error);
        var (reason, message) = error switch
        {
            // Program and directory were there a moment ago; most likely the "#!" line or the binary names a loader that is not.
            NoEntry => (LaunchFailureReason.ProgramNotExecutable, $"{subject} cannot be started: its interpreter does not exist ({system})."),
            BadFormat => (LaunchFailureReason.ProgramNotExecutable, $"{subject} is neither a binary of this machine nor a script with a \"#!\" line."),
            NoPermission => (LaunchFailureReason.ProgramNotExecutable,
                $"{subject} may not be executed, or the working directory '{launch.WorkingDirectory}' may not be entered ({system})."),
            TooBig => (LaunchFailureReason.CommandTooLong, $"{subject} cannot be started: its arguments and environment are too large."),
            NoMemory or TooManyFiles or TooManyFilesInSystem =>
                (LaunchFailureReason.ResourcesExhausted, $"{subject} cannot be started now: {system}."),
            _ when error == TryAgain => (LaunchFailureReason.ResourcesExhausted, $"{subject} cannot be started now: too many processes ({system})."),
            _ => (LaunchFailureReason.SystemRefused, $"{subject} cannot be started: {system} (error {error})."),
        };
        return new KernelLaunchException(reason, launch.Spec.Name, message);
    }
}
