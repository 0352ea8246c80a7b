namespace KernelGateway.ControlPlane.Engines;

/// <summary>States why an operation of an engine failed.</summary>
public enum SandboxEngineError
{
    /// <summary>There is no sandbox with this id.</summary>
    NotFound,

    /// <summary>There is already a sandbox with this id.</summary>
    AlreadyExists,

    /// <summary>The specification contains something that is not valid.</summary>
    InvalidSpecification,

    /// <summary>
    /// The machine does not allow the operation. <see cref="ISandboxEngine.CheckAsync"/> says what to install or switch on.
    /// </summary>
    NotSupported,

    /// <summary>The process of the sandbox could not be started, or something of the sandbox could not be removed.</summary>
    Failed,
}

/// <summary>An operation of an engine failed. Other sandboxes are not affected.</summary>
/// <param name="error">The reason.</param>
/// <param name="message">The description.</param>
/// <param name="inner">The cause.</param>
public sealed class SandboxEngineException(SandboxEngineError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Gets the reason.</summary>
    public SandboxEngineError Error { get; } = error;

    internal static SandboxEngineException NotFound(string id) => new(SandboxEngineError.NotFound, $"There is no sandbox '{id}'.");

    internal static SandboxEngineException Failed(string message, Exception? inner = null) =>
        new(SandboxEngineError.Failed, message, inner);

    internal static SandboxEngineException Invalid(string message) => new(SandboxEngineError.InvalidSpecification, message);
}
