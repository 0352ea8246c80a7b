namespace KernelGateway.Zmtp.Connections;

/// <summary>The connection as a heartbeat sees it; with this interface it can be tested with a clock only.</summary>
internal interface IHeartbeatTarget
{
    /// <summary>Gets the number of bytes received since the connection began.</summary>
    long BytesReceived { get; }

    /// <summary>
    /// Gets a value indicating whether the connection is not read because the application does not receive: silence then does not
    /// mean that the peer is gone.
    /// </summary>
    bool IsPaused { get; }

    void Send(byte[] commandFrame);

    void EndForSilence();
}
