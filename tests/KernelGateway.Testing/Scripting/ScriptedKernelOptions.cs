using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Testing.Scripting;

/// <summary>The options of a <see cref="ScriptedKernel"/>.</summary>
public sealed class ScriptedKernelOptions
{
    /// <summary>Gets or sets the transport of its five sockets.</summary>
    /// <value>Default inproc, the memory of this process. Tests about ports or socket files need another transport.</value>
    public KernelTransport Transport { get; set; } = KernelTransport.InProc;

    /// <summary>Gets or sets the addresses to listen at, with all ports; null for new addresses.</summary>
    public KernelConnectionInfo? ConnectionInfo { get; set; }

    /// <summary>Gets or sets the key of the connection; empty for unsigned messages.</summary>
    public string Key { get; set; } = "scripted-kernel-key";

    /// <summary>Gets or sets the signature scheme.</summary>
    public string SignatureScheme { get; set; } = MessageSigner.DefaultScheme;

    /// <summary>Gets or sets the name of the language in its kernel info.</summary>
    public string Language { get; set; } = "echo";

    /// <summary>Gets or sets whether requests without a handler are answered as a correct kernel answers them.</summary>
    public bool IsWellBehaved { get; set; } = true;

    /// <summary>Gets or sets whether iopub messages begin with a topic frame. ipykernel sends one, Deno does not.</summary>
    public bool UsesTopics { get; set; } = true;

    /// <summary>Gets or sets whether subscribers receive a welcome message, as from kernels of protocol 5.5.</summary>
    public bool SendsWelcome { get; set; }

    /// <summary>
    /// Gets or sets whether a failed execution aborts the execute requests that are queued after it, as ipykernel does.
    /// </summary>
    public bool AbortsQueueOnError { get; set; } = true;

    /// <summary>Gets or sets how many messages may be queued for one client of iopub before further ones are dropped.</summary>
    /// <value>Messages. 0, the default, means no limit: unread messages take memory, and none is lost.</value>
    public int SendHighWaterMark { get; set; }

    /// <summary>Gets or sets the clock for the dates in its message headers.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
