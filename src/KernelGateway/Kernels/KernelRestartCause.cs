namespace KernelGateway.Kernels;

/// <summary>Why a kernel has another process under the same id.</summary>
internal enum KernelRestartCause
{
    /// <summary>Its process ended by itself.</summary>
    Death,

    /// <summary>A caller requested it.</summary>
    Request,

    /// <summary>Its code made it exit.</summary>
    CodeExit,

    /// <summary>Its code could not be stopped otherwise.</summary>
    Interrupt,

    /// <summary>The owner of an attached kernel restarted it.</summary>
    Owner,
}
