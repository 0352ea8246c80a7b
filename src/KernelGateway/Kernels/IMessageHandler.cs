using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>What is told of the messages that answer one request.</summary>
internal interface IMessageHandler
{
    /// <summary>Takes a message whose parent is the request. Called from the receive loops, two at a time at the most.</summary>
    /// <exception cref="MessageFormatException">The content cannot be read; the message has changed nothing.</exception>
    /// <remarks>The message is borrowed: its bytes are valid during the call only. The call must not wait for anything.</remarks>
    void OnMessage(KernelChannel channel, JupyterMessage message);

    /// <summary>Learns that the kernel has answered what it was asked later, over another connection: what has not come by then was lost.</summary>
    void OnOvertaken();

    /// <summary>Learns that output was lost between the kernel and the gateway; whether it was of this request is not known.</summary>
    /// <param name="explanation">A sentence for people.</param>
    void OnOutputLost(string explanation)
    {
    }

    /// <summary>Learns that the kernel is over and no message will come any more.</summary>
    void OnClosed(KernelCloseInfo close);
}

/// <summary>What is told of the messages that answer an <c>execute_request</c>, and decides when it is over.</summary>
internal interface IExecuteHandler : IMessageHandler
{
    /// <summary>Gets a task that completes when the request is over, for whatever reason. It never faults.</summary>
    Task Ended { get; }
}
