namespace KernelGateway;

/// <summary>The reasons why a kernel could not be started.</summary>
public enum LaunchFailureReason
{
    /// <summary>The first word of the kernelspec's command is not a program.</summary>
    ProgramNotFound,

    /// <summary>The program exists but the system does not run it: no permission, not an executable format, missing interpreter.</summary>
    ProgramNotExecutable,

    /// <summary>The working directory does not exist or is not a directory.</summary>
    WorkingDirectoryNotFound,

    /// <summary>The system refused a new process for lack of memory, process slots or file descriptors.</summary>
    ResourcesExhausted,

    /// <summary>Command and environment together are larger than the system accepts.</summary>
    CommandTooLong,

    /// <summary>No address was free for the kernel to listen on.</summary>
    AddressInUse,

    /// <summary>The kernelspec asks for another provisioner.</summary>
    ProvisionerNotSupported,

    /// <summary>The process ended before the kernel was ready.</summary>
    ExitedEarly,

    /// <summary>The process runs, but the kernel did not become ready in time.</summary>
    NotReadyInTime,

    /// <summary>The system refused for a reason not listed here; the message has it.</summary>
    SystemRefused,

    /// <summary>The transport cannot reach addresses of the kind on which the kernel listens.</summary>
    AddressNotSupported,
}
