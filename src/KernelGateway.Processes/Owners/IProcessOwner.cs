using Microsoft.Extensions.Logging;

namespace KernelGateway.Processes.Owners;

/// <summary>
/// An object whose processes have common variables and end with it. A gateway is one. Other packages attach services to it, which
/// start further processes, without a reference to the package of the gateway.
/// </summary>
/// <remarks>All members are for packages of KernelGateway.</remarks>
public interface IProcessOwner
{
    /// <summary>Gets the environment variables that all processes get; after a change it is another object.</summary>
    internal IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>
    /// Gets the absolute path of the directory of processes for which none is given; null when none is configured.
    /// </summary>
    internal string? WorkingDirectory { get; }

    /// <summary>Gets where services log.</summary>
    internal ILoggerFactory LoggerFactory { get; }

    /// <summary>Gets the clock.</summary>
    internal TimeProvider TimeProvider { get; }

    /// <summary>Finds the attached service of a type, or attaches one. It is disposed with the owner.</summary>
    /// <param name="create">Creates it; called at most once for a type.</param>
    /// <exception cref="ObjectDisposedException">The owner is disposed.</exception>
    internal T GetOrAttach<T>(Func<T> create)
        where T : class, IAsyncDisposable;
}
