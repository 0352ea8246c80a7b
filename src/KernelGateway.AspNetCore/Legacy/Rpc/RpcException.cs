namespace KernelGateway.AspNetCore.Legacy.Rpc;

/// <summary>A call failed; the client gets the code and the message.</summary>
internal sealed class RpcException(int code, string message) : Exception(message)
{
    /// <summary>The code of every failure of a method.</summary>
    public const int Failed = -32000;

    /// <summary>There is no such method or subscription.</summary>
    public const int UnknownMethod = -32601;

    /// <summary>A parameter is missing or has the wrong type.</summary>
    public const int InvalidParameters = -32602;

    /// <summary>The message is JSON and not a call.</summary>
    public const int InvalidRequest = -32600;

    /// <summary>The message is not JSON.</summary>
    public const int ParseError = -32700;

    /// <summary>Gets the code.</summary>
    public int Code { get; } = code;

    /// <summary>Creates the failure of a method.</summary>
    public static RpcException Of(string message) => new(Failed, message);
}
