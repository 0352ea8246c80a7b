namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Why a request about a sandbox was not carried out.</summary>
internal enum SandboxFailure
{
    /// <summary>The request asks for something that cannot be.</summary>
    Invalid,

    /// <summary>The team may not do it.</summary>
    Forbidden,

    /// <summary>There is no such sandbox, template or snapshot.</summary>
    NotFound,

    /// <summary>The sandbox is in a state in which it cannot be done.</summary>
    Conflict,

    /// <summary>The team has reached a limit.</summary>
    LimitReached,

    /// <summary>This service does not have the feature.</summary>
    Unsupported,

    /// <summary>The sandbox did not become usable in time.</summary>
    TimedOut,

    /// <summary>The engine failed.</summary>
    Failed,
}

/// <summary>A request about a sandbox was not carried out. The sandboxes are as they were.</summary>
/// <param name="failure">The reason.</param>
/// <param name="message">The text that clients get.</param>
/// <param name="code">The code that clients get beside it; null for none.</param>
/// <param name="inner">The cause.</param>
internal sealed class SandboxException(SandboxFailure failure, string message, string? code = null, Exception? inner = null)
    : Exception(message, inner)
{
    public SandboxFailure Failure { get; } = failure;

    /// <summary>Gets the code that clients get beside the text.</summary>
    public string? Code { get; } = code;

    /// <summary>Creates the exception for a sandbox that does not exist, or is not the team's.</summary>
    public static SandboxException NotFound(string id) => new(SandboxFailure.NotFound, $"Sandbox \"{id}\" doesn't exist or you don't have access to it");
}
