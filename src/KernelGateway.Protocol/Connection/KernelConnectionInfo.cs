using System.Globalization;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Connection;

/// <summary>The content of a connection file: the addresses of a kernel's sockets and the key that signs its messages.</summary>
/// <remarks>
/// Jupyter messaging 5.x, Connection files. Knowing it is enough to run code in the kernel, so its text form leaves out the keys.
/// </remarks>
public sealed record KernelConnectionInfo
{
    /// <summary>Gets how the sockets are reached.</summary>
    public KernelTransport Transport { get; init; } = KernelTransport.Tcp;

    /// <summary>Gets the address to connect to, or the path prefix of Unix domain sockets.</summary>
    public string Ip { get; init; } = "127.0.0.1";

    /// <summary>Gets the shell port.</summary>
    public required int ShellPort { get; init; }

    /// <summary>Gets the iopub port.</summary>
    public required int IOPubPort { get; init; }

    /// <summary>Gets the stdin port.</summary>
    public required int StdinPort { get; init; }

    /// <summary>Gets the control port.</summary>
    public required int ControlPort { get; init; }

    /// <summary>Gets the heartbeat port.</summary>
    public required int HeartbeatPort { get; init; }

    /// <summary>Gets the key that signs messages; empty means that they are not signed, which some kernels cannot bear.</summary>
    public string Key { get; init; } = "";

    /// <summary>Gets the signature scheme; see <see cref="MessageSigner.Create"/>.</summary>
    public string SignatureScheme { get; init; } = MessageSigner.DefaultScheme;

    /// <summary>Gets the kernelspec's name, if known.</summary>
    public string? KernelName { get; init; }

    /// <summary>Gets the path of the document that started the kernel, if any.</summary>
    public string? JupyterSession { get; init; }

    /// <summary>Gets the public CURVE key of the kernel's sockets in Z85, if they are encrypted.</summary>
    public string? CurvePublicKey { get; init; }

    /// <summary>Gets the secret CURVE key of the kernel's sockets in Z85, if they are encrypted.</summary>
    public string? CurveSecretKey { get; init; }

    /// <summary>
    /// Gets the unknown fields, which are kept when the file is written again; null when there are none.
    /// </summary>
    public JObject? ExtraFields { get; init; }

    /// <summary>Gets the ZeroMQ endpoint of one socket.</summary>
    /// <param name="channel">The channel.</param>
    /// <returns><c>tcp://ip:port</c>, <c>ipc://prefix-port</c> or <c>inproc://name-port</c>.</returns>
    public string GetEndpoint(KernelChannel channel)
    {
        var port = GetPort(channel);
        return Transport switch
        {
            KernelTransport.Ipc => string.Create(CultureInfo.InvariantCulture, $"ipc://{Ip}-{port}"),
            KernelTransport.InProc => string.Create(CultureInfo.InvariantCulture, $"inproc://{Ip}-{port}"),
            // An IPv6 address needs brackets to be separated from its port.
            _ when Ip.Contains(':', StringComparison.Ordinal) && Ip[0] != '[' =>
                string.Create(CultureInfo.InvariantCulture, $"tcp://[{Ip}]:{port}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"tcp://{Ip}:{port}"),
        };
    }

    /// <summary>Gets the port of one socket.</summary>
    /// <param name="channel">The channel.</param>
    /// <returns>The port, or the suffix of the socket's path.</returns>
    public int GetPort(KernelChannel channel) => channel switch
    {
        KernelChannel.Shell => ShellPort,
        KernelChannel.Control => ControlPort,
        KernelChannel.Stdin => StdinPort,
        KernelChannel.IOPub => IOPubPort,
        KernelChannel.Heartbeat => HeartbeatPort,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "There are five channels."),
    };

    /// <summary>Makes the signer for this connection's messages.</summary>
    /// <returns>The signer.</returns>
    /// <exception cref="NotSupportedException">The signature scheme is unknown.</exception>
    public MessageSigner CreateSigner() => MessageSigner.Create(Key, SignatureScheme);

    /// <summary>Compares all fields, the extra ones by value.</summary>
    /// <param name="other">The connection info to compare with.</param>
    /// <returns>Whether both say the same.</returns>
    public bool Equals(KernelConnectionInfo? other) =>
        other is not null && Transport == other.Transport && Ip == other.Ip && ShellPort == other.ShellPort
        && IOPubPort == other.IOPubPort && StdinPort == other.StdinPort && ControlPort == other.ControlPort
        && HeartbeatPort == other.HeartbeatPort && Key == other.Key && SignatureScheme == other.SignatureScheme
        && KernelName == other.KernelName && JupyterSession == other.JupyterSession && CurvePublicKey == other.CurvePublicKey
        && CurveSecretKey == other.CurveSecretKey && JToken.DeepEquals(ExtraFields, other.ExtraFields);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Transport, Ip, ShellPort, IOPubPort, ControlPort, Key);

    /// <summary>
    /// Returns the addresses of the sockets without the key, because this text can be logged. Extra fields can contain anything
    /// and are left out.
    /// </summary>
    /// <returns>A short description.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{GetEndpoint(KernelChannel.Shell)} "
        + $"(iopub {IOPubPort}, stdin {StdinPort}, control {ControlPort}, heartbeat {HeartbeatPort})");
}
