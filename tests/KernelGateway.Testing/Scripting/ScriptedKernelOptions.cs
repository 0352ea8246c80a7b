using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Testing.Scripting;

/// <summary>Says what sort of kernel a <see cref="ScriptedKernel"/> is.</summary>
public sealed class ScriptedKernelOptions
{
    /// <summary>Gets or sets the transport of its five sockets.</summary>
    /// <value>In the process's own memory, unless a test is about ports or files.</value>
    public KernelTransport Transport { get; set; } = KernelTransport.InProc;

    /// <summary>Gets or sets where to listen; null for addresses of its own. Ports must be given when this is.</summary>
    public KernelConnectionInfo? ConnectionInfo { get; set; }

    /// <summary>Gets or sets the key of the connection; empty for unsigned messages.</summary>
    public string Key { get; set; } = "scripted-kernel-key";

    /// <summary>Gets or sets the signature scheme.</summary>
    public string SignatureScheme { get; set; } = MessageSigner.DefaultScheme;

    /// <summary>Gets or sets the language in its kernel info.</summary>
    public string Language { get; set; } = "echo";

    /// <summary>Gets or sets whether requests are answered as a good kernel would, where no handler is set for them.</summary>
    public bool IsWellBehaved { get; set; } = true;

    /// <summary>Gets or sets whether iopub messages begin with a topic frame, as from ipykernel, or not, as from Deno.</summary>
    public bool UsesTopics { get; set; } = true;

    /// <summary>Gets or sets whether subscribers are welcomed, as by kernels of protocol 5.5.</summary>
    public bool SendsWelcome { get; set; }

    /// <summary>
    /// Gets or sets whether a failed execution makes it abort the execute requests that wait behind it, as ipykernel does.
    /// </summary>
    public bool AbortsQueueOnError { get; set; } = true;

    /// <summary>Gets or sets how many messages may wait for one client on one socket before iopub drops them.</summary>
    /// <value>Messages. 0, the default, means no limit: what a client does not read costs memory, and nothing is lost.</value>
    public int SendHighWaterMark { get; set; }

    /// <summary>Gets or sets the clock of its headers.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
