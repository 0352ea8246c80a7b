namespace KernelGateway.Protocol.Messages;

/// <summary>The result of a request.</summary>
/// <remarks>Jupyter messaging 5.x, Request-Reply.</remarks>
public enum ReplyStatus
{
    /// <summary>The request was processed.</summary>
    Ok,

    /// <summary>The request failed.</summary>
    Error,

    /// <summary>The request was not processed, because an earlier one failed or was interrupted.</summary>
    Aborted,
}
