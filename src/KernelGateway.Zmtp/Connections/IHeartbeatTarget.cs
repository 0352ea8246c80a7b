namespace KernelGateway.Zmtp.Connections;

/// <summary>What a heartbeat needs of its connection; the seam that lets it be tested with a clock alone.</summary>
internal interface IHeartbeatTarget
{
    /// <summary>Gets how many bytes have come since the connection began.</summary>
    long BytesReceived { get; }

    /// <summary>Gets a value indicating whether we do not read because the application does not: silence is then our own doing.</summary>
    bool IsPaused { get; }

    void Send(byte[] commandFrame);

    void EndForSilence();
}
