using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Handles the messages that answer one request.</summary>
internal interface IMessageHandler
{
    /// <summary>
    /// Handles a message whose parent is the request. Called from the receive loops, two at a time at the most.
    /// </summary>
    /// <exception cref="MessageFormatException">The content cannot be read; the message has changed nothing.</exception>
    /// <remarks>The message is borrowed: its bytes are valid during the call only. The call must not wait for anything.</remarks>
    void OnMessage(KernelChannel channel, JupyterMessage message);

    /// <summary>
    /// Is notified that the kernel has answered a later request over a new connection: responses that have not arrived were lost.
    /// </summary>
    void OnResponsesLost();

    /// <summary>
    /// Is notified that output was lost between the kernel and the gateway; whether it belonged to this request is not known.
    /// </summary>
    /// <param name="explanation">A sentence for people.</param>
    void OnOutputLost(string explanation)
    {
    }

    /// <summary>Is notified that the kernel has ended and no message will follow.</summary>
    void OnClosed(KernelCloseInfo close);
}

/// <summary>Handles the messages that answer an <c>execute_request</c>, and decides when it has ended.</summary>
internal interface IExecuteHandler : IMessageHandler
{
    /// <summary>Gets a task that completes when the request has ended, for whatever reason. It never faults.</summary>
    Task Ended { get; }
}
