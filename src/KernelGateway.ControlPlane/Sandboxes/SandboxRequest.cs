using KernelGateway.ControlPlane.Storage;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What a client asks a sandbox to be.</summary>
internal sealed record SandboxRequest
{
    /// <summary>Gets the name of the template or snapshot.</summary>
    public required string Template { get; init; }

    /// <summary>Gets the lifetime.</summary>
    public required TimeSpan Timeout { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    /// <summary>Gets a value indicating whether clients of the sandbox's daemon need its access token.</summary>
    public bool IsSecured { get; init; } = true;

    public NetworkRecord Network { get; init; } = new();

    public bool PausesAtEnd { get; init; }

    /// <summary>Gets whether the pause at the end keeps memory; null when the request did not say.</summary>
    public bool? KeepsMemoryAtEnd { get; init; }

    public bool ResumesOnRequest { get; init; }

    /// <summary>Refuses what cannot be combined, with the messages that clients know.</summary>
    /// <exception cref="SandboxException">Something cannot be.</exception>
    public void Check()
    {
        if (!Network.IsPublic && !IsSecured)
            throw Invalid("You cannot create a sandbox without public access unless you enable secure envd access via 'secure' flag.");
        if (KeepsMemoryAtEnd == false && !PausesAtEnd) throw Invalid("autoPauseMemory=false only applies when autoPause is true.");
        if (KeepsMemoryAtEnd == false && ResumesOnRequest)
        {
            throw Invalid(
                "autoPauseMemory=false (filesystem-only auto-pause) cannot be combined with autoResume: "
                + "a filesystem-only pause is resumed by an explicit call only.");
        }
    }

    private static SandboxException Invalid(string message) => new(SandboxFailure.Invalid, message);
}
