// SPDX-License-Identifier: Apache-2.0

extension AttackTable {
    /// The second half of `techniques`: T1505 and above.
    static let late = """
        1505 Server Software Component
          001 SQL Stored Procedures; 003 Web Shell; 006 vSphere Installation Bundles
        1518 Software Discovery
          001 Security Software Discovery; 002 Backup Software Discovery
        1525 Implant Internal Image
        1526 Cloud Service Discovery
        1528 Steal Application Access Token
        1529 System Shutdown/Reboot
        1530 Data from Cloud Storage
        1531 Account Access Removal
        1534 Internal Spearphishing
        1535 Unused/Unsupported Cloud Regions
        1537 Transfer Data to Cloud Account
        1538 Cloud Service Dashboard
        1539 Steal Web Session Cookie
        1542 Pre-OS Boot
          001 System Firmware; 002 Component Firmware; 003 Bootkit; 004 ROMMONkit; 005 TFTP Boot
        1543 Create or Modify System Process
          002 Systemd Service; 005 Container Service
        1546 Event Triggered Execution
          004 Unix Shell Configuration Modification; 005 Trap; 016 Installer Packages; 017 Udev Rules
          018 Python Startup Hooks
        1547 Boot or Logon Autostart Execution
          006 Kernel Modules and Extensions; 013 XDG Autostart Entries
        1548 Abuse Elevation Control Mechanism
          001 Setuid and Setgid; 003 Sudo and Sudo Caching; 005 Temporary Elevated Cloud Access
        1550 Use Alternate Authentication Material
          001 Application Access Token; 004 Web Session Cookie
        1552 Unsecured Credentials
          001 Credentials In Files; 003 Shell History; 004 Private Keys; 005 Cloud Instance Metadata API
          007 Container API; 008 Chat Messages
        1553 Subvert Trust Controls
          002 Code Signing; 004 Install Root Certificate
        1554 Compromise Host Software Binary
        1555 Credentials from Password Stores
          003 Credentials from Web Browsers; 005 Password Managers; 006 Cloud Secrets Management Stores
        1556 Modify Authentication Process
          003 Pluggable Authentication Modules; 004 Network Device Authentication; 006 Multi-Factor Authentication
          007 Hybrid Identity; 009 Conditional Access Policies
        1557 Adversary-in-the-Middle
          002 ARP Cache Poisoning; 003 DHCP Spoofing; 004 Evil Twin
        1558 Steal or Forge Kerberos Tickets
          005 Ccache Files
        1559 Inter-Process Communication
        1560 Archive Collected Data
          001 Archive via Utility; 002 Archive via Library; 003 Archive via Custom Method
        1561 Disk Wipe
          001 Disk Content Wipe; 002 Disk Structure Wipe
        1562 Impair Defenses
          001 Disable or Modify Tools; 003 Impair Command History Logging; 004 Disable or Modify System Firewall
          006 Indicator Blocking; 007 Disable or Modify Cloud Firewall; 008 Disable or Modify Cloud Logs
          010 Downgrade Attack; 011 Spoof Security Alerting; 012 Disable or Modify Linux Audit System
          013 Disable or Modify Network Device Firewall
        1563 Remote Service Session Hijacking
          001 SSH Hijacking
        1564 Hide Artifacts
          001 Hidden Files and Directories; 002 Hidden Users; 005 Hidden File System; 006 Run Virtual Instance
          008 Email Hiding Rules; 011 Ignore Process Interrupts; 012 File/Path Exclusions; 013 Bind Mounts
          014 Extended Attributes
        1565 Data Manipulation
          001 Stored Data Manipulation; 002 Transmitted Data Manipulation; 003 Runtime Data Manipulation
        1566 Phishing
          001 Spearphishing Attachment; 002 Spearphishing Link; 003 Spearphishing via Service; 004 Spearphishing Voice
        1567 Exfiltration Over Web Service
          001 Exfiltration to Code Repository; 002 Exfiltration to Cloud Storage
          003 Exfiltration to Text Storage Sites; 004 Exfiltration Over Webhook
        1568 Dynamic Resolution
          001 Fast Flux DNS; 002 Domain Generation Algorithms; 003 DNS Calculation
        1569 System Services
          003 Systemctl
        1570 Lateral Tool Transfer
        1571 Non-Standard Port
        1572 Protocol Tunneling
        1573 Encrypted Channel
          001 Symmetric Cryptography; 002 Asymmetric Cryptography
        1574 Hijack Execution Flow
          006 Dynamic Linker Hijacking; 007 Path Interception by PATH Environment Variable
        1578 Modify Cloud Compute Infrastructure
          001 Create Snapshot; 002 Create Cloud Instance; 003 Delete Cloud Instance; 004 Revert Cloud Instance
          005 Modify Cloud Compute Configurations
        1580 Cloud Infrastructure Discovery
        1583 Acquire Infrastructure
        1584 Compromise Infrastructure
        1585 Establish Accounts
        1586 Compromise Accounts
        1587 Develop Capabilities
        1588 Obtain Capabilities
        1589 Gather Victim Identity Information
        1590 Gather Victim Network Information
        1591 Gather Victim Org Information
        1592 Gather Victim Host Information
        1593 Search Open Websites/Domains
        1594 Search Victim-Owned Websites
        1595 Active Scanning
          001 Scanning IP Blocks; 002 Vulnerability Scanning; 003 Wordlist Scanning
        1596 Search Open Technical Databases
        1597 Search Closed Sources
        1598 Phishing for Information
        1599 Network Boundary Bridging
          001 Network Address Translation Traversal
        1600 Weaken Encryption
          001 Reduce Key Space; 002 Disable Crypto Hardware
        1601 Modify System Image
          001 Patch System Image; 002 Downgrade System Image
        1602 Data from Configuration Repository
          001 SNMP (MIB Dump); 002 Network Device Configuration Dump
        1606 Forge Web Credentials
          001 Web Cookies; 002 SAML Tokens
        1608 Stage Capabilities
        1609 Container Administration Command
        1610 Deploy Container
        1611 Escape to Host
        1612 Build Image on Host
        1613 Container and Resource Discovery
        1614 System Location Discovery
          001 System Language Discovery
        1615 Group Policy Discovery
        1619 Cloud Storage Object Discovery
        1620 Reflective Code Loading
        1621 Multi-Factor Authentication Request Generation
        1622 Debugger Evasion
        1647 Plist File Modification
        1648 Serverless Execution
        1649 Steal or Forge Authentication Certificates
        1650 Acquire Access
        1651 Cloud Administration Command
        1652 Device Driver Discovery
        1653 Power Settings
        1654 Log Enumeration
        1656 Impersonation
        1657 Financial Theft
        1659 Content Injection
        1665 Hide Infrastructure
        1666 Modify Cloud Resource Hierarchy
        1667 Email Bombing
        1668 Exclusive Control
        1669 Wi-Fi Networks
        1671 Cloud Application Integration
        1672 Email Spoofing
        1673 Virtual Machine Discovery
        1674 Input Injection
        1675 ESXi Administration Command
        1677 Poisoned Pipeline Execution
        1678 Delay Execution
        1679 Selective Exclusion
        1680 Local Storage Discovery
        1681 Search Threat Vendor Data
        """
}
